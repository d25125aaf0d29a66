;; attack: asks for memory that threads share
;; outcome: error
(module
  (memory (export "memory") 1 1 shared)
  (func (export "_start")
      (nop)))
