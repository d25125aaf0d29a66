;; attack: is slow to compile: every variable meets every branch
;; outcome: policy
;; repeat: ["local",1500,"i64 ","branch",5000,"(if (local.get 0) (then (local.set 7 (i64.const 1))))"]
(module
  (memory (export "memory") 1)
  (func (param i32) (local {{local}})
  {{branch}})
  (func (export "_start")
      (nop)))
