;; attack: jumps in circles through a table
;; outcome: error
(module
  (memory (export "memory") 1)
  (type $t (func))
  (table 2 2 funcref)
  (elem (i32.const 0) $a $b)
  (func $a (call_indirect (type $t) (i32.const 1)))
  (func $b (call_indirect (type $t) (i32.const 0)))
  (func (export "_start") (call $a)))
