;; attack: is slow to compile: variables without end
;; outcome: policy
;; repeat: ["local",50000,"i32 "]
(module
  (memory (export "memory") 1)
  (func (local {{local}}))
  (func (export "_start")
      (nop)))
