;; attack: calls what is nothing
;; outcome: error
(module
  (type $t (func))
  (memory (export "memory") 1)
  (func (export "_start") (call_ref $t (ref.null $t))))
