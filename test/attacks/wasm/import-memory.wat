;; attack: imports the memory of its host
;; outcome: error
(module
  (import "env" "memory" (memory 1))
  (func (export "_start")))
