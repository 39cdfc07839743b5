// A stack machine that runs a small loop: dispatch by `switch`.
enum op { push, add, sub, mul, load, store, less, jump_if, jump, xor_, shift, dup, halt };
static const int program[] = {
    push, 0, store, 0, push, 1, store, 1,
    /* 8 */ load, 0, push, 3, mul, load, 1, xor_, push, 7, add, dup, shift, store, 1,
    load, 0, push, 1, add, dup, store, 0, load, 2, less, jump_if, 8, load, 1, halt};
static int stack[64], memory[4];

__attribute__((export_name("run"))) int run(int n) {
  int pc = 0, top = 0;
  memory[2] = n;
  for (;;) {
    switch ((enum op)program[pc++]) {
      case push: stack[top++] = program[pc++]; break;
      case add: top--; stack[top - 1] += stack[top]; break;
      case sub: top--; stack[top - 1] -= stack[top]; break;
      case mul: top--; stack[top - 1] *= stack[top]; break;
      case load: stack[top++] = memory[program[pc++]]; break;
      case store: memory[program[pc++]] = stack[--top]; break;
      case less: top--; stack[top - 1] = stack[top - 1] < stack[top]; break;
      case jump_if: pc = stack[--top] ? program[pc] : pc + 1; break;
      case jump: pc = program[pc]; break;
      case xor_: top--; stack[top - 1] ^= stack[top]; break;
      case shift: top--; stack[top - 1] += stack[top] >> 3; break;
      case dup: stack[top] = stack[top - 1]; top++; break;
      case halt: return stack[top - 1];
    }
  }
}
