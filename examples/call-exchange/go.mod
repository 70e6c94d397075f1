module example.com/call-exchange

go 1.24
