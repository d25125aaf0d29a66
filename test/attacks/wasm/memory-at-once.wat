;; attack: starts with more memory than there is
;; outcome: memory-limit
(module
  (memory (export "memory") 65536)
  (func (export "_start")
      (nop)))
