;; attack: calls a function as another type
;; outcome: error
(module
  (memory (export "memory") 1)
  (type $t (func (param i64)))
  (table 1 1 funcref)
  (elem (i32.const 0) $f)
  (func $f)
  (func (export "_start") (call_indirect (type $t) (i64.const 1) (i32.const 0))))
