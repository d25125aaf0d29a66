;; attack: has more tables than a host may like
;; outcome: error
;; repeat: ["table",1000,"(table 10 funcref)"]
(module
  (memory (export "memory") 1)
  {{table}}
  (func (export "_start")
      (nop)))
