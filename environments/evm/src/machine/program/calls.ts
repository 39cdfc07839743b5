import { copyItem, isLong, isZero, readBytes, storeLong, storeZero } from "./pieces.ts";

type Kind = "call" | "callCode" | "delegateCall" | "staticCall";

/** CALL and its kin. Operands stay on the stack until the callee is done. */
export const callSource: string = `
// The code that runs for a loaded account, behind a delegation (EIP-7702); its gas in machine.delegationGas.
fn executedCode(entry: i32) -> i32 {
  let object = codeOf(entry);
  if i32[object + code.isDelegation] == 0 || i64[rule.hasDelegation] == 0 { return object; }
  let target = delegate(object);
  i64[machine.delegationGas] = i64[price.call] + access(target);
  if i32[target + account.precompile] != 0 { return constants.emptyCode; }
  return codeOf(target);
}

fn delegate(object: i32) -> i32 {
  ${storeZero("scratch.bytes")}
  copy(scratch.bytes + 12, object + 3, 20);
  ${readBytes("scratch.bytes", "scratch.address", "Delegate")}
  return accountAt(scratch.address);
}

// The gas that a call gives, of what there is; negative where that is not allowed.
fn allowance(gas: i64, wanted: i32) -> i64 {
  let isTooMuch = ${isLong("wanted")};
  if i64[rule.keepsOne64th] != 0 {
    let most = gas - (gas >> 6);
    if isTooMuch || i64[wanted] > most { return most; }
    return i64[wanted];
  }
  if isTooMuch || i64[wanted] > gas { return failureBase; }
  return i64[wanted];
}

// Runs a precompile: gas that is left, or a negative number. The output is return data.
fn runPrecompile(number: i32, input: i32, size: i32, gas: i64) -> i64 {
  if number == 4 {
    gas -= 15 + 3 * (long(size) + 31 >> 5);
    if gas <s 0 { return gas; }
    if size == 0 { i32[machine.returnDataSize] = 0; return gas; }
    copy(returnBuffer(size), input, size);
    return gas;
  }
  i32[machine.returnDataSize] = 0;
  return precompile(number, input, size, gas);
}

// Precompiles need no frame: the whole call. Answers the gas left, and leaves the result on the stack.
fn callPrecompile(region: i32, number: i32, mark: i32, gas: i64) -> i64 {
  let left = runPrecompile(number, i32[machine.inputAt], i32[machine.inputSize], gas);
  let result = i32[region + frame.sp] - 32;
  if left <s 0 {
    rollBack(mark);
    i32[machine.returnDataSize] = 0;
    ${storeZero("result")}
    return long(0);
  }
  i32[machine.output] = i32[machine.returnData];
  i32[machine.outputSize] = i32[machine.returnDataSize];
  deliverOutput(region);
  ${storeLong("1", "result")}
  return left;
}

fn saveFrame(region: i32, sp: i32, memory: i32, memorySize: i32, output: i32) {
  i32[region + frame.sp] = sp;
  i32[region + frame.memory] = memory;
  i32[region + frame.memorySize] = memorySize;
  i32[region + frame.outputOffset] = i32[output];
  i32[region + frame.outputSize] = i32[output - 32];
}

${callStep("call")}
${callStep("callCode")}
${callStep("delegateCall")}
${callStep("staticCall")}
`;

function callStep(kind: Kind): string {
  const hasValue = kind === "call" || kind === "callCode";
  const items = hasValue ? 7 : 6;
  const at = (index: number) => `(sp - ${32 * (index + 1)})`;
  const shift = hasValue ? 1 : 0;
  const [input, inputSize, output, outputSize] = [2, 3, 4, 5].map((index) => at(index + shift));
  const sameSelf = kind === "callCode" || kind === "delegateCall";
  return `
step ${kind} {
  if ((sp & 0xffff) - frame.stack) < ${items * 32} { become underflow(gas, sp, memory, memorySize, pc); }
  let region = sp & 0xffff0000;
  let isStatic = i32[region + frame.flags] & frameFlags.isStatic;
  ${hasValue ? `let hasValue = !${isZero(at(2))};` : ""}
  ${kind === "call" ? "if hasValue && isStatic != 0 { become staticChange(gas, sp, memory, memorySize, pc); }" : ""}
  if gas <s i64[machine.pollGas] { poll(gas, sp); }
  gas, memorySize = reach(gas, memory, memorySize, ${input}, ${inputSize});
  if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
  gas, memorySize = reach(gas, memory, memorySize, ${output}, ${outputSize});
  if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
  gas -= i64[price.call]${hasValue ? " + select(hasValue, i64[price.callValue], long(0))" : ""};
  if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
  let target = accountAt(${at(1)});
  gas -= access(target);
  let number = i32[target + account.precompile];
  let object = constants.emptyCode;
  if number == 0 {
    i64[machine.delegationGas] = 0;
    object = executedCode(target);
    gas -= i64[machine.delegationGas];
  }
  ${
    kind === "call"
      ? `if (hasValue || i64[rule.clearsEmptyAccounts] == 0) && isNew(target) { gas -= i64[price.newAccount]; }`
      : ""
  }
  if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
  let given = allowance(gas, ${at(0)});
  if given <s 0 { become fail(failureBase, sp, memory, memorySize, pc); }
  gas -= given;
  ${hasValue ? "if hasValue { given = given + i64[price.callStipend]; }" : ""}
  let self = i32[region + frame.self];
  saveFrame(region, sp - ${(items - 1) * 32}, memory, memorySize, ${output});
  i64[region + frame.gas] = gas;
  if region >= zone.stacks + 0x4000000 ${hasValue ? `|| (hasValue && lessThan(self + account.balance, ${at(2)}))` : ""} {
    i32[machine.returnDataSize] = 0;
    let result = sp - ${items * 32};
    ${storeZero("result")}
    become [i32[region + frame.resume]](gas + given, sp - ${(items - 1) * 32}, memory, memorySize,
      i32[region + frame.resumePc]);
  }
  let inputSize = i32[${inputSize}];
  let inputAt = memory + select(inputSize, i32[${input}], 0);
  let child = region + 0x10000;
  let mark = i32[machine.journal];
  ${openChild(kind, at)}
  if number != 0 {
    i32[machine.inputAt] = inputAt;
    i32[machine.inputSize] = inputSize;
    given = callPrecompile(region, number, mark, given);
    become [i32[region + frame.resume]](gas + given, sp - ${(items - 1) * 32}, memory, memorySize,
      i32[region + frame.resumePc]);
  }
  if i32[object + code.size] == 0 {
    i32[machine.returnDataSize] = 0;
    let result = sp - ${items * 32};
    ${storeLong("1", "result")}
    become [i32[region + frame.resume]](gas + given, sp - ${(items - 1) * 32}, memory, memorySize,
      i32[region + frame.resumePc]);
  }
  i32[child + frame.callData] = inputAt;
  i32[child + frame.callDataSize] = inputSize;
  i32[child + frame.self] = ${sameSelf ? "self" : "target"};
  i64[machine.pollGas] = i64[machine.pollGas] - gas;
  become enter(given, child + frame.stack, memory + memorySize, 0, object);
}`;
}

/** The child's marks, who calls, and what the value does. */
function openChild(kind: Kind, at: (index: number) => string): string {
  const flags = kind === "staticCall" ? "frameFlags.isStatic" : "isStatic";
  const caller = kind === "delegateCall" ? "region + frame.caller" : "self";
  const open = `openFrame(child, object, ${flags});
    ${copyItem(caller, "child + frame.caller")}`;
  if (kind === "delegateCall") {
    return `${open} ${copyItem("region + frame.value", "child + frame.value")}`;
  }
  if (kind === "staticCall") return `${open} ${storeZero("child + frame.value")} touch(target, 0);`;
  const value = copyItem(at(2), "child + frame.value");
  if (kind === "callCode") return `${open} ${value}`;
  return `${open} ${value} touch(target, hasValue); transfer(self, target, ${at(2)});`;
}
