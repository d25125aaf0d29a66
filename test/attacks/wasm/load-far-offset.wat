;; attack: reads beyond its memory with a large offset
;; outcome: error
(module
  (memory (export "memory") 1)
  (func (export "_start")
      (drop (i64.load offset=4294967295 (i32.const -1)))))
