;; attack: asks for memory in pages of a byte
;; outcome: error
(module
  (memory (export "memory") 4000000000 (pagesize 1))
  (func (export "_start") (nop)))
