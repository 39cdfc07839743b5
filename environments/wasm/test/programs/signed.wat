;; Contracts over host functions beyond the built-in ones.
(module
  (import "bedplate" "input_length" (func $input_length (result i32)))
  (import "bedplate" "input_read" (func $input_read (param i32 i32 i32)))
  (import "bedplate" "output" (func $output (param i32 i32)))
  (import "bedplate_ext" "sha256@1" (func $sha256 (param i32 i32 i32)))
  (import "bedplate_ext" "ml_dsa_65_verify@1"
    (func $verify (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)

  (func (export "hash")
    (call $input_read (i32.const 0) (i32.const 0) (call $input_length))
    (call $sha256 (i32.const 0) (call $input_length) (i32.const 32768))
    (call $output (i32.const 32768) (i32.const 32)))

  ;; Input: key (1952), signature (3309), message.
  (func (export "check")
    (call $input_read (i32.const 0) (i32.const 0) (call $input_length))
    (i32.store (i32.const 32768)
      (call $verify (i32.const 0) (i32.const 5261)
        (i32.sub (call $input_length) (i32.const 5261)) (i32.const 1952)))
    (call $output (i32.const 32768) (i32.const 1)))

  (func (export "reach")
    (call $sha256 (i32.const 65530) (i32.const 100) (i32.const 0))))
