;; Well made, but it needs a function that no host has.
(module
  (import "elsewhere" "nothing" (func $nothing))
  (func (export "main") (call $nothing)))
