;; attack: has the host fill memory, which is one instruction
;; outcome: fuel-limit
;; limits: {"memoryBytes":134217728}
(module
  (memory (export "memory") 1023)
  (func (export "_start")
      (loop $again
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 67000000))
        (br $again))))
