;; attack: wants to be given something
;; outcome: error
(module
  (memory (export "memory") 1)
  (func (export "_start") (param i32)))
