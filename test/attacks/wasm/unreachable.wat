;; attack: gives up
;; outcome: error
(module
  (memory (export "memory") 1)
  (func (export "_start")
      (unreachable)))
