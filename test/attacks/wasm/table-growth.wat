;; attack: grows a table until memory is full
;; outcome: error
(module
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (func (export "_start")
      (loop $again
        (br_if $again (i32.ne (table.grow $t (ref.null func) (i32.const 100000)) (i32.const -1))))
      (unreachable)))
