;; attack: starts with functions beyond its table
;; outcome: error
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (elem (i32.const 1000000) func $f)
  (func $f)
  (func (export "_start")))
