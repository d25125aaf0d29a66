;; attack: is slow to compile: one function without end
;; outcome: policy
;; repeat: ["add",200000,"(i32.add (i32.const 1))"]
(module
  (memory (export "memory") 1)
  (func (export "_start")
      (i32.const 0)
    {{add}}
      (drop)))
