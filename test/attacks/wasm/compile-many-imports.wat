;; attack: is slow to link: imports without end
;; outcome: policy
;; repeat: ["import",200000,"(import \"wasi_snapshot_preview1\" \"sched_yield\" (func (result i32)))"]
(module
  {{import}}
  (memory (export "memory") 1)
  (func (export "_start")))
