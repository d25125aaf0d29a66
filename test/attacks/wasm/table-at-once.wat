;; attack: starts with a table of four thousand million places
;; outcome: memory-limit
(module
  (memory (export "memory") 1)
  (table 4294967295 funcref)
  (func (export "_start")
      (nop)))
