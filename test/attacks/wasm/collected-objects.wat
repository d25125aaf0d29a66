;; attack: takes memory that a garbage collector counts
;; outcome: error
(module
  (type $bytes (array (mut i8)))
  (memory (export "memory") 1)
  (func (export "_start")
      (local $held (ref null $bytes))
      (loop $again
        (local.set $held (array.new_default $bytes (i32.const 100000000)))
        (br $again))))
