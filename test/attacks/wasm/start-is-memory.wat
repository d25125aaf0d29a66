;; attack: shows its memory where its beginning should be
;; outcome: error
(module
  (memory (export "memory") (export "_start") 1))
