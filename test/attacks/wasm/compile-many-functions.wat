;; attack: is slow to compile: functions without end
;; outcome: policy
;; repeat: ["function",50000,"(func)"]
(module
  (memory (export "memory") 1)
  (func (export "_start"))
  {{function}})
