import { copyItem } from "./pieces.ts";

/** The top-level message, as the host has written it into the registers. */
export const executionSource: string = `
export fn execute() {
  let region = zone.stacks;
  let gas = i64[machine.messageGas];
  i64[machine.pollGas] = gas - i64[machine.pollInterval];
  let sender = accountAt(machine.messageSender);
  let target = accountAt(machine.messageTo);
  i32[region + frame.self] = target;
  ${copyItem("machine.messageSender", "region + frame.caller")}
  ${copyItem("machine.messageValue", "region + frame.value")}
  if (i32[machine.messageFlags] & frameFlags.isCreation) != 0 { executeCreation(region, sender, target, gas); }
  else { executeCall(region, sender, target, gas); }
}

fn executeCall(region: i32, sender: i32, target: i32, gas: i64) {
  let number = i32[target + account.precompile];
  let object = constants.emptyCode;
  let codeAccount = accountAt(machine.messageCode);
  if i32[codeAccount + account.precompile] == 0 { object = codeOf(codeAccount); }
  let memory = inputEnd();
  openFrame(region, object, i32[machine.messageFlags] | frameFlags.isOutermost);
  if lessThan(sender + account.balance, machine.messageValue) {
    fail(failureBase + failure.insufficientBalance, region + frame.stack, memory, 0, 0);
    return;
  }
  touch(target, (i64[machine.messageValue] | i64[machine.messageValue + 8]
    | i64[machine.messageValue + 16] | i64[machine.messageValue + 24]) != 0);
  transfer(sender, target, machine.messageValue);
  i32[region + frame.callData] = i32[machine.messageInput];
  i32[region + frame.callDataSize] = i32[machine.messageInputSize];
  if number != 0 && codeAccount == target {
    executePrecompile(number, region, memory, gas);
    return;
  }
  enter(gas, region + frame.stack, memory, 0, object);
}

fn executePrecompile(number: i32, region: i32, memory: i32, gas: i64) {
  let left = runPrecompile(number, i32[machine.messageInput], i32[machine.messageInputSize], gas);
  if left <s 0 {
    fail(failureBase + failure.precompileFailure, region + frame.stack, memory, 0, 0);
    return;
  }
  i32[machine.status] = 0;
  i64[machine.gasLeft] = left;
}

fn executeCreation(region: i32, sender: i32, target: i32, gas: i64) {
  let memory = inputEnd();
  let object = initCode(i32[machine.messageInput], i32[machine.messageInputSize], memory);
  access(target);
  openFrame(region, object, frameFlags.isCreation | frameFlags.isOutermost);
  i32[region + frame.callDataSize] = 0;
  let sp = region + frame.stack;
  if collides(target) {
    fail(failureBase + failure.createCollision, sp, memory, 0, 0);
    return;
  }
  if lessThan(sender + account.balance, machine.messageValue) {
    fail(failureBase + failure.insufficientBalance, sp, memory, 0, 0);
    return;
  }
  openCreation(target, sender, machine.messageValue);
  enter(gas, sp, memoryAfter(object), 0, object);
}

fn inputEnd() -> i32 {
  return i32[machine.messageInput] + i32[machine.messageInputSize] + 63 & -32;
}
`;
