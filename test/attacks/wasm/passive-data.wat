;; attack: copies data that it has dropped
;; outcome: error
(module
  (memory (export "memory") 1)
  (data $d "dropped")
  (func (export "_start")
      (data.drop $d)
      (memory.init $d (i32.const 0) (i32.const 0) (i32.const 7))))
