;; attack: imports what harnesses get
;; outcome: error
(module
  (import "orrery" "inputs" (func $f))
  (memory (export "memory") 1)
  (func (export "_start") (call $f)))
