;; attack: has nothing to start
;; outcome: error
(module
  (memory (export "memory") 1)
  (func (export "main")))
