;; Contracts that read, call another artifact, and read again.
(module
  (import "bedplate" "output" (func $output (param i32 i32)))
  (import "bedplate" "event" (func $event (param i32 i32 i32 i32)))
  (import "bedplate" "state_read" (func $state_read (param i32 i32 i32 i32) (result i32)))
  (import "bedplate" "state_write" (func $state_write (param i32 i32 i32 i32)))
  (import "bedplate" "call" (func $call (param i32 i32 i32 i32 i32 i32 i64) (result i32)))
  (import "bedplate" "call_output_length" (func $call_output_length (result i32)))
  (import "bedplate" "call_output_read" (func $call_output_read (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "kmainother")

  (func $read (param $at i32)
    (drop (call $state_read (i32.const 0) (i32.const 1) (local.get $at) (i32.const 1))))

  ;; Says what it read before the call, what the call answered, and what it read after it.
  (func (export "main")
    (call $event (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1))
    (call $read (i32.const 64))
    (drop (call $call (i32.const 5) (i32.const 5) (i32.const 1) (i32.const 4)
      (i32.const 64) (i32.const 1) (i64.const 1000000)))
    (call $call_output_read (i32.const 65) (i32.const 0) (call $call_output_length))
    (call $read (i32.add (i32.const 65) (call $call_output_length)))
    (call $output (i32.const 64) (i32.add (i32.const 2) (call $call_output_length))))

  ;; Reads its own write.
  (func (export "own")
    (call $read (i32.const 64))
    (call $state_write (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 1))
    (call $read (i32.const 65))
    (call $output (i32.const 64) (i32.const 2)))

  ;; Calls for ever.
  (func (export "circle")
    (loop $again
      (drop (call $call (i32.const 5) (i32.const 5) (i32.const 1) (i32.const 4)
        (i32.const 64) (i32.const 1) (i64.const 1)))
      (br $again))))
