;; A contract for ledgers: `add` works for as many rounds as the first four bytes of its input say
;; (little-endian), and adds one to the count under the key that the other bytes name, and outputs it
;; as eight bytes. Transactions with different keys do not conflict, those with the same key do.
(module
  (import "bedplate" "input_length" (func $input_length (result i32)))
  (import "bedplate" "input_read" (func $input_read (param i32 i32 i32)))
  (import "bedplate" "output" (func $output (param i32 i32)))
  (import "bedplate" "revert" (func $revert (param i32 i32)))
  (import "bedplate" "state_read" (func $state_read (param i32 i32 i32 i32) (result i32)))
  (import "bedplate" "state_write" (func $state_write (param i32 i32 i32 i32)))

  (memory (export "memory") 1)
  (data (i32.const 0) "the input must name a key")

  (func (export "add")
    (local $rounds i32) (local $key_length i32) (local $mixed i64)
    (local.set $key_length (i32.sub (call $input_length) (i32.const 4)))
    (if (i32.le_s (local.get $key_length) (i32.const 0))
      (then (call $revert (i32.const 0) (i32.const 25))))
    (call $input_read (i32.const 64) (i32.const 0) (i32.const 4))
    (call $input_read (i32.const 128) (i32.const 4) (local.get $key_length))
    ;; Reading comes first: a guest whose state is not at hand begins again.
    (i64.store (i32.const 72) (i64.const 0))
    (drop
      (call $state_read (i32.const 128) (local.get $key_length) (i32.const 72) (i32.const 8)))
    (local.set $rounds (i32.load (i32.const 64)))
    (local.set $mixed (i64.const 1))
    (block $done
      (loop $more
        (br_if $done (i32.eqz (local.get $rounds)))
        (local.set $mixed
          (i64.add
            (i64.mul (local.get $mixed) (i64.const 6364136223846793005))
            (i64.const 1442695040888963407)))
        (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
        (br $more)))
    ;; What was computed is kept, so that no compiler leaves it out.
    (i64.store (i32.const 80) (local.get $mixed))
    (i64.store (i32.const 72) (i64.add (i64.load (i32.const 72)) (i64.const 1)))
    (call $state_write (i32.const 128) (local.get $key_length) (i32.const 72) (i32.const 8))
    (call $output (i32.const 72) (i32.const 8))))
