;; attack: throws and never catches
;; outcome: error
(module
  (memory (export "memory") 1)
  (tag $t)
  (func (export "_start") (throw $t)))
