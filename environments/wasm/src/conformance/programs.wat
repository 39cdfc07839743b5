;; The behaviours that the conformance suite asks for, each an entry of one contract module.
(module
  (import "bedplate" "input_length" (func $input_length (result i32)))
  (import "bedplate" "input_read" (func $input_read (param i32 i32 i32)))
  (import "bedplate" "output" (func $output (param i32 i32)))
  (import "bedplate" "revert" (func $revert (param i32 i32)))
  (import "bedplate" "state_read" (func $state_read (param i32 i32 i32 i32) (result i32)))
  (import "bedplate" "state_write" (func $state_write (param i32 i32 i32 i32)))
  (import "bedplate" "state_delete" (func $state_delete (param i32 i32)))
  (import "bedplate" "event" (func $event (param i32 i32 i32 i32)))
  (import "bedplate" "now" (func $now (result i64)))
  (import "bedplate" "seed" (func $seed (param i32)))
  (import "bedplate" "call"
    (func $call (param i32 i32 i32 i32 i32 i32 i64) (result i32)))
  (import "bedplate" "call_static"
    (func $call_static (param i32 i32 i32 i32 i32 i32 i64) (result i32)))

  (memory (export "memory") 1)
  (tag $oops)
  (global $count (mut i32) (i32.const 0))

  ;; Texts below 256; scratch for digits below 512; the payload from 1024 on.
  (data (i32.const 0) "abc123(none)stdoutmainping0123456789abcdef")
  (data (i32.const 64) "returned\00\00\00\00\00\00\00\08reverted\00\00\00\00\00\00\00\08trapped\00\00\00\00\00\00\00\00\07exhausted\00\00\00\00\00\00\09refused\00\00\00\00\00\00\00\00\07")

  ;; Reads the payload to 1024 and answers its length; memory grows where it has to.
  (func $payload (result i32)
    (local $length i32)
    (local.set $length (call $input_length))
    (if (i32.gt_u (i32.add (local.get $length) (i32.const 1024)) (i32.const 65536))
      (then
        (if (i32.lt_s
              (memory.grow (i32.add (i32.shr_u (local.get $length) (i32.const 16)) (i32.const 1)))
              (i32.const 0))
          (then (unreachable)))))
    (call $input_read (i32.const 1024) (i32.const 0) (local.get $length))
    (local.get $length))

  ;; Says a number in decimal digits.
  (func $say (param $number i64)
    (local $at i32)
    (local.set $at (i32.const 512))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at)
        (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $number) (i64.const 10)))))
      (local.set $number (i64.div_u (local.get $number) (i64.const 10)))
      (br_if $digit (i64.ne (local.get $number) (i64.const 0))))
    (call $output (local.get $at) (i32.sub (i32.const 512) (local.get $at))))

  (func $write_a
    (call $state_write (i32.const 0) (i32.const 1) (i32.const 3) (i32.const 1)))

  (func (export "echo")
    (local $length i32)
    (local.set $length (call $payload))
    (call $output (i32.const 1024) (local.get $length)))

  (func (export "fail")
    (local $length i32)
    (call $write_a)
    (local.set $length (call $payload))
    (call $revert (i32.const 1024) (local.get $length)))

  (func (export "trap")
    (call $write_a)
    (unreachable))

  (func (export "spin")
    (loop $again (br $again)))

  (func $throw (throw $oops))

  (func (export "stubborn")
    (loop $again
      (try (do (call $throw)) (catch_all))
      (br $again)))

  (func (export "flood")
    (loop $again
      (call $event (i32.const 12) (i32.const 6) (i32.const 1024) (i32.const 4096))
      (br $again)))

  (func (export "hoard")
    (local $at i32)
    (loop $again
      (local.set $at (memory.grow (i32.const 1)))
      (if (i32.lt_s (local.get $at) (i32.const 0)) (then (unreachable)))
      (i32.store (i32.shl (local.get $at) (i32.const 16)) (i32.const 1))
      (br $again)))

  (func $descend (param $levels i32) (result i32)
    (if (result i32) (i32.eqz (local.get $levels))
      (then (i32.const 0))
      (else
        (i32.add (i32.const 1)
          (call $descend (i32.sub (local.get $levels) (i32.const 1)))))))

  (func (export "recurse")
    (local $end i32) (local $at i32) (local $levels i32)
    (local.set $at (i32.const 1024))
    (local.set $end (i32.add (call $payload) (i32.const 1024)))
    (block $done
      (loop $digit
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $levels
          (i32.add
            (i32.mul (local.get $levels) (i32.const 10))
            (i32.sub (i32.load8_u (local.get $at)) (i32.const 48))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $digit)))
    (call $say (i64.extend_i32_u (call $descend (local.get $levels)))))

  (func (export "count")
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (i32.store (i32.const 600) (i32.add (i32.load (i32.const 600)) (i32.const 1)))
    (if (i32.ne (global.get $count) (i32.load (i32.const 600))) (then (unreachable)))
    (call $say (i64.extend_i32_u (global.get $count))))

  (func (export "clock") (call $say (call $now)))

  (func (export "random")
    (local $at i32) (local $byte i32)
    (call $seed (i32.const 1024))
    (loop $next
      (local.set $byte (i32.load8_u offset=1024 (local.get $at)))
      (i32.store8 offset=2048 (i32.shl (local.get $at) (i32.const 1))
        (i32.load8_u offset=26 (i32.shr_u (local.get $byte) (i32.const 4))))
      (i32.store8 offset=2049 (i32.shl (local.get $at) (i32.const 1))
        (i32.load8_u offset=26 (i32.and (local.get $byte) (i32.const 15))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 32))))
    (call $output (i32.const 2048) (i32.const 64)))

  (func (export "read")
    (local $length i32)
    (local.set $length
      (call $state_read (i32.const 1024) (call $payload) (i32.const 8192) (i32.const 16384)))
    (if (i32.lt_s (local.get $length) (i32.const 0))
      (then (call $output (i32.const 6) (i32.const 6)))
      (else (call $output (i32.const 8192) (local.get $length)))))

  (func (export "write")
    (call $state_write (i32.const 1) (i32.const 1) (i32.const 3) (i32.const 1))
    (call $state_write (i32.const 0) (i32.const 1) (i32.const 4) (i32.const 1))
    (call $state_write (i32.const 1) (i32.const 1) (i32.const 5) (i32.const 1))
    (call $state_delete (i32.const 2) (i32.const 1)))

  (func (export "events")
    (call $event (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1))
    (call $event (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 1))
    (call $event (i32.const 0) (i32.const 1) (i32.const 2) (i32.const 1)))

  ;; Says the kind of an outcome; the statuses are indices of the table at 64.
  (func $say_kind (param $status i32)
    (local.set $status
      (i32.add (i32.const 64) (i32.shl (local.get $status) (i32.const 4))))
    (call $output (local.get $status) (i32.load8_u offset=15 (local.get $status))))

  (func (export "call")
    (call $say_kind
      (call $call (i32.const 1024) (call $payload) (i32.const 18) (i32.const 4)
        (i32.const 22) (i32.const 4) (i64.const -1))))

  (func (export "call_static")
    (call $say_kind
      (call $call_static (i32.const 1024) (call $payload) (i32.const 18) (i32.const 4)
        (i32.const 22) (i32.const 4) (i64.const -1)))))
