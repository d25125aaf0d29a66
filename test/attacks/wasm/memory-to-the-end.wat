;; attack: grows to four GiB at once
;; outcome: error
(module
  (memory (export "memory") 1)
  (func (export "_start")
      (drop (memory.grow (i32.const 65535)))
      (i32.store (i32.const -4) (i32.const 1))))
