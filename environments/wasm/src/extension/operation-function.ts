import {
  checkOperation,
  type HostOperation,
  type OperationPrice,
  operationFuel,
} from "@bedplate/environment";
import type { HostFunction } from "./host-function.ts";

/** What an import answers where the operation refused its input. */
const refused = -1;

/**
 * A host operation as an import: `(input, length, out, room) -> length of the output`, or -1 where the
 * input is refused. At most `room` bytes are written. The price is in fuel.
 */
export function operationFunction(operation: HostOperation, price: OperationPrice): HostFunction {
  checkOperation(operation, price);
  return {
    name: operation.name,
    version: operation.version,
    params: ["i32", "i32", "i32", "i32"],
    result: "i32",
    price: ([, length = 0]) => operationFuel(price, Number(length) >>> 0),
    run([at = 0, length = 0, out = 0, room = 0], memory) {
      const output = operation.run(memory.read(Number(at), Number(length)));
      if (output === undefined) return refused;
      memory.write(Number(out), output.subarray(0, Number(room) >>> 0));
      return output.length;
    },
  };
}
