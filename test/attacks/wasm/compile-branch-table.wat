;; attack: is slow to compile: one branch to a hundred thousand places
;; outcome: policy
;; repeat: ["place",100000,"0 "]
(module
  (memory (export "memory") 1)
  (func (export "_start")
      (block (br_table {{place}} (i32.const 0)))))
