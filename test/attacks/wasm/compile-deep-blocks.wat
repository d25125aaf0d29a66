;; attack: is slow to compile: blocks in blocks
;; outcome: policy
;; repeat: ["open",5000,"(block ","close",5000,")"]
(module
  (memory (export "memory") 1)
  (func (export "_start")
      {{open}}{{close}}))
