;; attack: is too large
;; outcome: policy
;; repeat: ["byte",7000000,"x"]
(module
  (memory (export "memory") 1)
  (data "{{byte}}")
  (func (export "_start")
      (nop)))
