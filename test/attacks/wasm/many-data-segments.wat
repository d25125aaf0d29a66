;; attack: is slow to start: pieces of data without end
;; outcome: policy
;; repeat: ["data",100001,"(data (i32.const 0) \"x\")"]
(module
  (memory (export "memory") 1)
  {{data}}
  (func (export "_start")))
