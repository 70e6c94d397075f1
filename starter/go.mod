module dce/starter

go 1.24.0
