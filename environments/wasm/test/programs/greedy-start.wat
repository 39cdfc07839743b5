;; Its start function takes 16 MiB, and copes where it gets none.
(module
  (memory (export "memory") 1)
  (func $begin
    (local $at i32)
    (local.set $at (memory.grow (i32.const 256)))
    (if (i32.ge_s (local.get $at) (i32.const 0))
      (then
        (memory.fill (i32.shl (local.get $at) (i32.const 16)) (i32.const 255)
          (i32.const 0x1000000)))))
  (start $begin)
  (func (export "main") (result i32) (memory.size)))
