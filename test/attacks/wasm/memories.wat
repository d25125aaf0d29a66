;; attack: has many memories, each within the limit
;; outcome: error
;; repeat: ["memory",100,"(memory 900)"]
(module
  (memory (export "memory") 1)
  {{memory}}
  (func (export "_start")
      (nop)))
