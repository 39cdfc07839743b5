;; A contract: counts in the state under the key `count`.
;;
;; `add` takes eight bytes of input, a little-endian number, and adds it; it reverts where the sum
;; does not fit. `get` gives the count as eight bytes. Each change is told as the event `counted`.
(module
  (import "bedplate" "input_length" (func $input_length (result i32)))
  (import "bedplate" "input_read" (func $input_read (param i32 i32 i32)))
  (import "bedplate" "output" (func $output (param i32 i32)))
  (import "bedplate" "revert" (func $revert (param i32 i32)))
  (import "bedplate" "state_read" (func $state_read (param i32 i32 i32 i32) (result i32)))
  (import "bedplate" "state_write" (func $state_write (param i32 i32 i32 i32)))
  (import "bedplate" "event" (func $event (param i32 i32 i32 i32)))

  (memory (export "memory") 1)
  (data (i32.const 0) "count")
  (data (i32.const 8) "counted")
  (data (i32.const 16) "the input must have eight bytes")
  (data (i32.const 48) "the count does not fit")

  ;; Loads the count to 80; a key without a value counts as zero.
  (func $load (result i64)
    (if (i32.ne
          (call $state_read (i32.const 0) (i32.const 5) (i32.const 80) (i32.const 8))
          (i32.const 8))
      (then (i64.store (i32.const 80) (i64.const 0))))
    (i64.load (i32.const 80)))

  (func (export "get")
    (drop (call $load))
    (call $output (i32.const 80) (i32.const 8)))

  (func (export "add")
    (local $before i64)
    (if (i32.ne (call $input_length) (i32.const 8))
      (then (call $revert (i32.const 16) (i32.const 31))))
    (call $input_read (i32.const 88) (i32.const 0) (i32.const 8))
    (local.set $before (call $load))
    (i64.store (i32.const 80) (i64.add (local.get $before) (i64.load (i32.const 88))))
    (if (i64.lt_u (i64.load (i32.const 80)) (local.get $before))
      (then (call $revert (i32.const 48) (i32.const 22))))
    (call $state_write (i32.const 0) (i32.const 5) (i32.const 80) (i32.const 8))
    (call $event (i32.const 8) (i32.const 7) (i32.const 80) (i32.const 8))
    (call $output (i32.const 80) (i32.const 8))))
