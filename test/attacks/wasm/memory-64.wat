;; attack: asks for a memory of 64-bit addresses
;; outcome: error
(module
  (memory (export "memory") i64 1)
  (func (export "_start")
      (nop)))
