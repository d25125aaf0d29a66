;; attack: has the host copy memory, which is one instruction
;; outcome: fuel-limit
;; limits: {"memoryBytes":134217728}
(module
  (memory (export "memory") 1023)
  (func (export "_start")
      (loop $again
        (memory.copy (i32.const 0) (i32.const 8) (i32.const 67000000))
        (br $again))))
