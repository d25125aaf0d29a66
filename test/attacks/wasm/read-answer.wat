;; attack: reads from where it should write
;; outcome: ok
;; output: "refused"
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "\22refused\22")
  (func (export "_start")
      (local $descriptor i32)
      (i32.store (i32.const 0) (i32.const 2048))
      (i32.store (i32.const 4) (i32.const 1024))
      (local.set $descriptor (i32.const 1))
      (loop $next
        (if (i32.eqz (call $fd_read (local.get $descriptor) (i32.const 0) (i32.const 1) (i32.const 8))) (then (unreachable)))
        (br_if $next (i32.lt_u (local.tee $descriptor (i32.add (local.get $descriptor) (i32.const 1))) (i32.const 1024))))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 9))
      (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
