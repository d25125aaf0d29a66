;; attack: starts with data beyond its memory
;; outcome: error
(module
  (memory (export "memory") 1)
  (data (i32.const 65530) "beyond the end")
  (func (export "_start")))
