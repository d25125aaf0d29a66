;; attack: ends as if all were well
;; outcome: error
(module
  (memory (export "memory") 1)
  (func (export "_start")
      (nop)))
