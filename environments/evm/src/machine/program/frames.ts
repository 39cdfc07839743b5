import { copyItem, storeLong, storeZero } from "./pieces.ts";

/** How frames begin and end. */
export const frameSource: string = `
// Lets the host look at the clock, and at what the frame at sp executes.
export fn poll(gas: i64, sp: i32) {
  pollHost(gas, sp);
  i64[machine.pollGas] = gas - i64[machine.pollInterval];
}

// Fields that every frame gets: the state to return to, and a number of its own.
fn openFrame(region: i32, object: i32, flags: i32) {
  i32[region + frame.code] = object;
  i32[region + frame.codeSize] = i32[object + code.size];
  i32[region + frame.flags] = flags;
  i32[region + frame.journalMark] = i32[machine.journal];
  i32[region + frame.logMark] = i32[machine.logs];
  i64[region + frame.refundMark] = i64[machine.refund];
  let serial = i32[machine.serial] + 1;
  i32[machine.serial] = serial;
  i32[region + frame.serial] = serial;
}

// Begins the frame at sp; pc is its code object. What its caller was answered before is not its own.
step enter {
  i32[machine.returnDataSize] = 0;
  let entries = i32[pc + code.entries] + 1;
  i32[pc + code.entries] = entries;
  if i32[pc + code.jumpDestinations] == 0 { analyze(pc); }
  if entries == i32[machine.hotEntries] { hot(pc); }
  become [i32[pc + code.entry]](gas, sp, memory, memorySize, pc);
}

fn restoreMarks(region: i32) {
  rollBack(i32[region + frame.journalMark]);
  i32[machine.logs] = i32[region + frame.logMark];
  i64[machine.refund] = i64[region + frame.refundMark];
}

// Keeps the output as return data.
fn keepOutput() {
  let size = i32[machine.outputSize];
  if size == 0 { i32[machine.returnDataSize] = 0; return; }
  copy(returnBuffer(size), i32[machine.output], size);
}

// Gives the caller as much of the output as it asked for.
fn deliverOutput(parent: i32) {
  let size = i32[machine.outputSize];
  let wanted = i32[parent + frame.outputSize];
  if wanted < size { size = wanted; }
  if size != 0 {
    copy(i32[parent + frame.memory] + i32[parent + frame.outputOffset], i32[machine.output], size);
  }
}

// Ends the execution.
fn conclude(status: i32, gas: i64) {
  i32[machine.status] = status;
  i64[machine.gasLeft] = gas;
  keepOutput();
}

// Goes on in the caller of the frame at sp, with the gas that is given back.
step resumeParent {
  let parent = (sp & 0xffff0000) - 0x10000;
  let kept = i64[parent + frame.gas];
  i64[machine.pollGas] = i64[machine.pollGas] + kept;
  become [i32[parent + frame.resume]](gas + kept, i32[parent + frame.sp], i32[parent + frame.memory],
    i32[parent + frame.memorySize], i32[parent + frame.resumePc]);
}

step stop {
  i32[machine.outputSize] = 0;
  become succeed(gas, sp, memory, memorySize, pc);
}

// The output is what machine.output says.
step succeed {
  let region = sp & 0xffff0000;
  let flags = i32[region + frame.flags];
  if (flags & frameFlags.isCreation) != 0 { become deposit(gas, sp, memory, memorySize, pc); }
  if (flags & frameFlags.isOutermost) != 0 { conclude(0, gas); return; }
  keepOutput();
  deliverOutput(region - 0x10000);
  let result = i32[region - 0x10000 + frame.sp] - 32;
  ${storeLong("1", "result")}
  become resumeParent(gas, sp, memory, memorySize, pc);
}

step opReturn {
  if ((sp & 0xffff) - frame.stack) < 64 { become underflow(gas, sp, memory, memorySize, pc); }
  gas, memorySize = reach(gas, memory, memorySize, sp - 32, sp - 64);
  if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
  i32[machine.output] = memory + i32[sp - 32];
  i32[machine.outputSize] = i32[sp - 64];
  become succeed(gas, sp, memory, memorySize, pc);
}

step opRevert {
  if ((sp & 0xffff) - frame.stack) < 64 { become underflow(gas, sp, memory, memorySize, pc); }
  gas, memorySize = reach(gas, memory, memorySize, sp - 32, sp - 64);
  if gas <s 0 { become fail(gas, sp, memory, memorySize, pc); }
  i32[machine.output] = memory + i32[sp - 32];
  i32[machine.outputSize] = i32[sp - 64];
  let region = sp & 0xffff0000;
  restoreMarks(region);
  let flags = i32[region + frame.flags];
  if (flags & frameFlags.isOutermost) != 0 { conclude(1, gas); return; }
  keepOutput();
  if (flags & frameFlags.isCreation) == 0 { deliverOutput(region - 0x10000); }
  let result = i32[region - 0x10000 + frame.sp] - 32;
  ${storeZero("result")}
  become resumeParent(gas, sp, memory, memorySize, pc);
}

// Gas is failureBase + code, or any other negative number for out of gas.
step fail {
  let region = sp & 0xffff0000;
  restoreMarks(region);
  i32[machine.outputSize] = 0;
  if (i32[region + frame.flags] & frameFlags.isOutermost) != 0 {
    let which = gas - failureBase;
    i32[machine.failure] = select(which < 64, short(which), 0);
    conclude(2, long(0));
    return;
  }
  i32[machine.returnDataSize] = 0;
  let result = i32[region - 0x10000 + frame.sp] - 32;
  ${storeZero("result")}
  become resumeParent(long(0), sp, memory, memorySize, pc);
}

step underflow { become fail(failureBase + failure.stackUnderflow, sp, memory, memorySize, pc); }
step overflow { become fail(failureBase + failure.stackOverflow, sp, memory, memorySize, pc); }
step invalid { become fail(failureBase + failure.invalidOpcode, sp, memory, memorySize, pc); }
step invalidJump { become fail(failureBase + failure.invalidJump, sp, memory, memorySize, pc); }
step staticChange { become fail(failureBase + failure.staticStateChange, sp, memory, memorySize, pc); }

// Pays for and keeps the code that a creation answers.
step deposit {
  let region = sp & 0xffff0000;
  let size = i32[machine.outputSize];
  if size != 0 && i64[rule.rejectsEfCode] != 0 && u8[i32[machine.output]] == 0xef {
    become fail(failureBase + failure.invalidCode, sp, memory, memorySize, pc);
  }
  if i64[rule.codeSizeMax] != 0 && long(size) > i64[rule.codeSizeMax] {
    become fail(failureBase + failure.codeSizeExceeded, sp, memory, memorySize, pc);
  }
  let paid = long(size) * i64[price.codeDepositPerByte];
  if gas <s paid {
    if i64[rule.failsOnUnpaidCode] != 0 { become fail(failureBase, sp, memory, memorySize, pc); }
    i32[machine.outputSize] = 0;
  } else {
    gas -= paid;
    if size != 0 {
      setCode(i32[region + frame.self], deployedCode(i32[machine.output], size));
    }
  }
  if (i32[region + frame.flags] & frameFlags.isOutermost) != 0 { conclude(0, gas); return; }
  i32[machine.returnDataSize] = 0;
  let result = i32[region - 0x10000 + frame.sp] - 32;
  let self = i32[region + frame.self];
  ${copyItem("self", "result")}
  become resumeParent(gas, sp, memory, memorySize, pc);
}
`;
