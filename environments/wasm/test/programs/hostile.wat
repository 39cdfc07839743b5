;; Programs that try to go on when they must not. Imports of contracts and of WASI.
(module
  (import "bedplate" "output" (func $output (param i32 i32)))
  (import "bedplate" "revert" (func $revert (param i32 i32)))
  (import "bedplate" "event" (func $event (param i32 i32 i32 i32)))
  (import "bedplate" "state_read" (func $state_read (param i32 i32 i32 i32) (result i32)))
  (import "bedplate" "state_write" (func $state_write (param i32 i32 i32 i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (tag $oops)
  (table $deep 1 funcref)
  (elem (i32.const 0) $fat)

  (func $throw (throw $oops))

  ;; Ends itself and catches the end, for ever.
  (func (export "revert_and_go_on")
    (loop $again
      (try (do (call $revert (i32.const 0) (i32.const 1))) (catch_all))
      (call $event (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1))
      (br $again)))

  (func (export "exit_and_go_on")
    (loop $again
      (try (do (call $proc_exit (i32.const 7))) (catch_all))
      (br $again)))

  (func (export "flood_and_go_on")
    (loop $again
      (try (do (call $event (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 4096)))
        (catch_all))
      (br $again)))

  (func (export "catch_everything")
    (loop $again (try (do (call $throw)) (catch_all)) (br $again)))

  (func (export "throw_out") (call $throw))

  (func $endless (call $endless_too) (drop (i32.const 1)))
  (func $endless_too (call $endless) (drop (i32.const 1)))

  (func (export "recurse") (call $endless))

  (func (export "recurse_and_go_on")
    (loop $again (try (do (call $endless)) (catch_all)) (br $again)))

  ;; A frame of many locals, through a table.
  (func $fat (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)
    (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (i64.add (local.get 0)
      (call_indirect $deep (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)
        (local.get 1) (local.get 2) (local.get 3) (local.get 4)
        (local.get 5) (local.get 6) (local.get 7) (local.get 0) (i32.const 0))))

  (func (export "recurse_fat")
    (drop (call $fat (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)
      (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8))))

  ;; Grows and touches page by page; copes when it gets no more.
  (func (export "many_small")
    (local $at i32)
    (loop $again
      (local.set $at (memory.grow (i32.const 1)))
      (if (i32.ge_s (local.get $at) (i32.const 0))
        (then
          (memory.fill (i32.shl (local.get $at) (i32.const 16)) (i32.const 255) (i32.const 65536))
          (br $again)))))

  ;; The same, and gives up.
  (func (export "many_small_abort")
    (local $at i32)
    (loop $again
      (local.set $at (memory.grow (i32.const 1)))
      (if (i32.lt_s (local.get $at) (i32.const 0)) (then (unreachable)))
      (memory.fill (i32.shl (local.get $at) (i32.const 16)) (i32.const 255) (i32.const 65536))
      (br $again)))

  (func (export "one_large")
    (if (i32.lt_s (memory.grow (i32.const 65535)) (i32.const 0)) (then (unreachable))))

  ;; Fills the same memory again and again: much work for few instructions.
  (func (export "bulk")
    (loop $again
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))
      (br $again)))

  (func (export "write_much")
    (local $key i32)
    (loop $again
      (i32.store (i32.const 0) (local.get $key))
      (call $state_write (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 65536))
      (local.set $key (i32.add (local.get $key) (i32.const 1)))
      (br $again)))

  (func (export "read_much")
    (local $key i32)
    (loop $again
      (i32.store (i32.const 0) (local.get $key))
      (drop (call $state_read (i32.const 0) (i32.const 4) (i32.const 64) (i32.const 4)))
      (local.set $key (i32.add (local.get $key) (i32.const 1)))
      (br $again)))

  (func (export "far_pointer") (call $output (i32.const -1) (i32.const -1)))

  (func (export "quiet") (call $output (i32.const 0) (i32.const 1)))

  ;; Writes some bytes from address 1024 on.
  (func $write (param $fd i32) (param $length i32) (result i32)
    (i32.store (i32.const 512) (i32.const 1024))
    (i32.store (i32.const 516) (local.get $length))
    (call $fd_write (local.get $fd) (i32.const 512) (i32.const 1) (i32.const 520)))

  ;; One byte to each stream in turn: every byte is an event.
  (func (export "alternate")
    (loop $again
      (drop (call $write (i32.const 1) (i32.const 1)))
      (drop (call $write (i32.const 2) (i32.const 1)))
      (br $again)))

  ;; Opens a file anew: creates or empties the one whose name is a digit; its descriptor is at 524.
  (func $open (param $digit i32)
    (i32.store8 (i32.const 528) (i32.add (i32.const 48) (local.get $digit)))
    (if (call $path_open (i32.const 3) (i32.const 0) (i32.const 528) (i32.const 1) (i32.const 9)
        (i64.const 0x42) (i64.const 0) (i32.const 0) (i32.const 524))
      (then (unreachable))))

  ;; Fills one file after the other until nothing fits, and then takes memory too.
  (func (export "files")
    (local $digit i32)
    (loop $next
      (call $open (local.get $digit))
      (loop $more
        (br_if $more (i32.eqz (call $write (i32.load (i32.const 524)) (i32.const 60000)))))
      (br_if $next
        (i32.lt_u (local.tee $digit (i32.add (local.get $digit) (i32.const 1))) (i32.const 4))))
    (if (i32.lt_s (memory.grow (i32.const 256)) (i32.const 0)) (then (unreachable))))

  ;; Empties and fills the same file, for ever.
  (func (export "refill")
    (local $left i32)
    (loop $next
      (call $open (i32.const 0))
      (local.set $left (i32.const 300))
      (loop $more
        (drop (call $write (i32.load (i32.const 524)) (i32.const 60000)))
        (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (drop (call $fd_close (i32.load (i32.const 524))))
      (br $next)))

  ;; Chance for a large memory at once, for ever.
  (func (export "chance")
    (drop (memory.grow (i32.const 512)))
    (loop $again
      (drop (call $random_get (i32.const 65536) (i32.const 0x2000000)))
      (br $again))))
