;; attack: fills the disk
;; outcome: ok
;; output: "refused"
(module
  (import "wasi_snapshot_preview1" "fd_allocate" (func $fd_allocate (param i32 i64 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "\22refused\22")
  (data (i32.const 4096) "/etc/passwd")
  (func (export "_start")
      (if (i32.eqz (call $fd_allocate (i32.const 3) (i64.const 0) (i64.const 1099511627776))) (then (unreachable)))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 9))
      (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
