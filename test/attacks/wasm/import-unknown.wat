;; attack: imports what does not exist
;; outcome: error
(module
  (import "host" "system" (func $system (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $system (i32.const 0)))))
