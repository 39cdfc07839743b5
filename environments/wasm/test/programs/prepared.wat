;; A function module with work to do before its first call: a start function, an `_initialize`, a
;; global, a table that code writes, and memory that grows.
(module
  (memory (export "memory") 1)
  (global $steps (mut i64) (i64.const 0))
  (table $choices 4 funcref)
  (elem $named declare func $one $two)
  (start $fill)

  (func $one (result i64) (i64.const 1))
  (func $two (result i64) (i64.const 2))

  ;; Writes the squares of 0 to 999.
  (func $fill
    (local $at i32)
    (loop $next
      (i32.store (i32.shl (local.get $at) (i32.const 2)) (i32.mul (local.get $at) (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 1000))))
    (global.set $steps (i64.const 10)))

  (func (export "_initialize")
    (global.set $steps (i64.add (global.get $steps) (i64.const 5))))

  (func (export "square") (param $of i32) (result i32)
    (global.set $steps (i64.add (global.get $steps) (i64.const 1)))
    (i32.store (i32.const 4096) (i32.add (i32.load (i32.const 4096)) (i32.const 1)))
    (i32.load (i32.shl (local.get $of) (i32.const 2))))

  (func (export "steps") (result i64 i32)
    (global.get $steps) (i32.load (i32.const 4096)))

  (func (export "grow") (param $pages i32) (result i32)
    (i32.store (i32.const 4096) (i32.const -1))
    (memory.grow (local.get $pages)))

  (func (export "choose") (param $which i32) (result i64)
    (if (local.get $which)
      (then (table.set $choices (i32.const 0) (ref.func $two)))
      (else (table.set $choices (i32.const 0) (ref.func $one))))
    (call_indirect $choices (result i64) (i32.const 0)))

  (func (export "chosen") (result i64)
    (call_indirect $choices (result i64) (i32.const 0)))

  (func (export "half") (param f32) (result f64)
    (f64.mul (f64.promote_f32 (local.get 0)) (f64.const 0.5)))

  (func (export "vector") (param v128)))
