;; attack: overflows the stack
;; outcome: error
(module
  (memory (export "memory") 1)
  (func $deep (call $deep))
  (func (export "_start") (call $deep)))
