;; attack: calls itself for ever without a stack
;; outcome: fuel-limit
(module
  (memory (export "memory") 1)
  (func $again (return_call $again))
  (func (export "_start") (call $again)))
