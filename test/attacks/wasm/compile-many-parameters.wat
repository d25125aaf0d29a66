;; attack: is slow to compile: a call with a thousand parameters
;; outcome: error
;; repeat: ["parameter",1001,"i64 "]
(module
  (memory (export "memory") 1)
  (func (param {{parameter}}))
  (func (export "_start")))
